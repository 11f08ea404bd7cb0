"""The parts of the stack: each owns its resources and grants access to them."""
