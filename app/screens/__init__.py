"""The screens beside the wizard, in the same form."""
