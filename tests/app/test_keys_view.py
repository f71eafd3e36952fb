"""Who may ask a model, on its page: a key is made and shown once, and revoked."""

from app.workflow import keys
from engine.serving.admitted import Door
from tests.app.prepared import prepare
from tests.app.reading import everything


def press(at, label):
    return next(b for b in at.button if b.label == label).click().run()


def test_an_application_gets_a_key_that_is_shown_once_and_loses_it(home, opened):
    opened_home, _ = prepare(home, "released")
    at = opened("screens/model.py", model="leaving:1")
    assert "Whoever reaches the service may ask it." in everything(at)
    assert not any("Bearer" in block.value for block in at.code)
    press(at, "Give it a key")
    assert "is no name of an application" in everything(at)
    next(w for w in at.text_input if w.label == "Name of the application").set_value("<b>CRM</b>")
    press(at, "Give it a key")
    (made,) = [block.value for block in at.code if block.value.startswith("hrk_")]
    assert Door(opened_home.admitted("leaving")).admitted(f"Bearer {made}".encode()) == "<b>CRM</b>"
    (curl,) = [block.value for block in at.code if "/predict" in block.value]
    assert curl.count('-H "Authorization: Bearer $KEY"') == 2  # the answer, and what then happened
    assert "/outcome" in curl
    at.run()
    assert made not in everything(at)
    assert f"ends in {made[-4:]}" in everything(at)
    press(at, "Revoke it")
    assert "nobody can ask it now" in everything(at)
    (revoked,) = keys.every(opened_home)
    assert revoked.revoked_at is not None
