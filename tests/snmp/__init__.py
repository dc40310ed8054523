"""SNMP: real agents, hostile ones, and the process that asks them."""
