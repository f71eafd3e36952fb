"""Screen: what the models leave to people, and one case at a time to work off."""

from app import resources, state
from app.components import case_view, queue_view

home = resources.home()
named = state.case()

if named is not None:
    case_view.show(home, str(named))
else:
    queue_view.show(home)
