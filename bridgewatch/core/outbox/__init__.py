"""What each contact is told, when and through which channel, until it is delivered."""
