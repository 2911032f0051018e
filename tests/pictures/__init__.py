"""Pictures of what people see, as the stand-in's page draws it: to be looked at, and one for the README."""
