"""A contract and a profile for a frame that a test made, without the reader."""

import pandas as pd

from engine.data.profile import describe
from engine.domain.dataset import ColumnContract, ColumnType, DataContract, Profile, Role

MANY_LEVELS = 100


def type_of(values: pd.Series) -> ColumnType:
    """The type a canonical column would have been read as."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return ColumnType.DATETIME
    if pd.api.types.is_numeric_dtype(values):
        whole = bool((values.dropna() % 1 == 0).all())
        return ColumnType.INTEGER if whole else ColumnType.NUMBER
    return ColumnType.TEXT if values.nunique() > MANY_LEVELS else ColumnType.CATEGORY


def described(frame: pd.DataFrame, **roles: Role) -> tuple[DataContract, Profile]:
    """Every column is a feature unless ``roles`` says otherwise."""
    types = {str(name): type_of(frame[name]) for name in frame}
    columns = tuple(
        ColumnContract(name=name, type=kind, role=roles.get(name, Role.FEATURE)) for name, kind in types.items()
    )
    return DataContract(columns=columns), describe(frame, types)
