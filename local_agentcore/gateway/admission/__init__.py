"""Which listed tools are offered: those whose words were looked at and accepted, as they were then."""
