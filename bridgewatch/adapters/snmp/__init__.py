"""SNMP: speaks to the agents of routers, in a process of its own."""
