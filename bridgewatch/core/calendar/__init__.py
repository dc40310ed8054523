"""Events: what holds for a site at an instant, and what that means for what is probed and how."""
