"""The shape of every file, field by field. References between files are `references`' business.

Values arrive as the tree holds them: source text, never numbers or booleans.
"""
