"""What the bot keeps of one member: given to them, and erased at their wish. docs/privacy.md lists all of it."""
