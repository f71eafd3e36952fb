import pytest

from engine.domain.problem import Task
from engine.domain.run import Plan, Quality
from engine.training.presets import recipe


def made(quality=Quality.BALANCED, *, minutes=1.0, rows=5000, rarest=2000, forward=False, task=Task.BINARY, seed=0):
    plan = Plan(minutes=minutes, quality=quality, seed=seed)
    return recipe(plan, task=task, rows=rows, columns=10, n_classes=2, rarest=rarest, forward=forward)


def every(recipe):
    return [(kind, setting) for kind, settings in recipe.hyperparameters.items() for setting in settings]


@pytest.mark.parametrize("quality", list(Quality))
def test_every_model_gets_the_seed_and_no_neural_net(quality):
    names = {"CAT": "random_seed", "RF": "random_state", "XT": "random_state"}
    settings = every(made(quality, seed=41))
    assert all(setting[names.get(kind, "seed")] == 41 for kind, setting in settings)
    assert not {"NN_TORCH", "FASTAI"} & {kind for kind, _ in settings}


def test_a_thorough_search_tries_more():
    counts = [len(every(made(quality))) for quality in (Quality.FAST, Quality.BALANCED, Quality.BEST)]
    assert counts == sorted(counts)
    assert counts[0] < counts[1] < counts[2]


@pytest.mark.parametrize(
    ("rows", "minutes", "folds"), [(300, 1.0, 8), (30_000, 1.0, 3), (30_000, 30.0, 8), (500_000, 1.0, 0)]
)
def test_folds_are_for_those_who_have_the_time(rows, minutes, folds):
    assert made(minutes=minutes, rows=rows).folds == folds


@pytest.mark.parametrize(
    "kept_out", [{"forward": True}, {"quality": Quality.FAST}, {"rarest": 1}], ids=["in time", "fast", "one row"]
)
def test_no_folds_where_they_would_be_wrong(kept_out):
    assert made(minutes=600, **kept_out).folds == 0


def test_never_more_folds_than_rows_of_the_rarest_class():
    assert made(minutes=600, rarest=3).folds == 3


def test_one_model_never_takes_all_the_time():
    made_ = made(minutes=2.0)
    search = 2.0 * 60 * made_.search / max(1, made_.folds)
    assert all(0 < setting["ag.max_time_limit"] <= 0.5 * search for _, setting in every(made_))


def test_forests_are_for_small_tables():
    assert "XT" in made(rows=5000).hyperparameters
    assert "XT" not in made(rows=200_000).hyperparameters


def test_recipes_do_not_share_their_settings():
    made(minutes=1.0, seed=1)
    assert all(
        setting.get("seed", setting.get("random_state", setting.get("random_seed"))) == 2
        for _, setting in every(made(seed=2))
    )
