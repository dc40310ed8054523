"""From changes of links, egresses and sites to incidents: grouping, root cause, holds."""
