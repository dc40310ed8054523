"""The watchdog: a daemon on another box that pages when the first one is silent or stands still."""
