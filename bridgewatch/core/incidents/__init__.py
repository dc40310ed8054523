"""Faults as people have them: one incident each, however many links it darkens, held until it is worth a page."""
