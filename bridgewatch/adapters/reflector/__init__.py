"""The far end of STAMP: answers known senders."""
