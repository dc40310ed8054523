"""Files that operators write, turned into one immutable inventory or a list of errors with their places."""
