"""Plain lists of sites and contacts to files of configuration: read, judged line by line, written tidily."""
