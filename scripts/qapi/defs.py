# Definitions after their shape has been checked: what names refer to is not known yet.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import dataclass, field
from typing import List, Optional, Union

from .docs import QAPIDoc
from .ifcond import QAPISchemaIfCond
from .source import QAPISourceInfo


@dataclass
class TypeRef:
    """The name of a type, or of the element type of an array."""

    name: str
    array: bool


@dataclass
class FeatureDef:
    """An element of 'features'."""

    name: str
    info: QAPISourceInfo
    ifcond: QAPISchemaIfCond


@dataclass
class ValueDef:
    """A value of an enum."""

    name: str
    info: QAPISourceInfo
    ifcond: QAPISchemaIfCond
    features: List[FeatureDef]


@dataclass
class MemberDef:
    """A member of a struct, or a branch of a union or alternate."""

    name: str
    optional: bool
    typ: TypeRef
    info: QAPISourceInfo
    ifcond: QAPISchemaIfCond
    features: List[FeatureDef]


# What a command or event takes, and the base of a union: a type's name, or members in place.
Data = Union[None, str, List[MemberDef]]


@dataclass
class Definition:
    """What all definitions have."""

    meta: str
    name: str
    info: QAPISourceInfo
    doc: Optional[QAPIDoc]
    ifcond: QAPISchemaIfCond
    features: List[FeatureDef]


@dataclass
class EnumDef(Definition):
    values: List[ValueDef] = field(default_factory=list)
    prefix: Optional[str] = None


@dataclass
class StructDef(Definition):
    base: Optional[str] = None
    members: List[MemberDef] = field(default_factory=list)


@dataclass
class UnionDef(Definition):
    base: Data = None
    discriminator: str = ''
    discriminator_line: int = 0
    branches: List[MemberDef] = field(default_factory=list)


@dataclass
class AlternateDef(Definition):
    branches: List[MemberDef] = field(default_factory=list)


@dataclass
class CommandDef(Definition):
    data: Data = None
    returns: Optional[TypeRef] = None
    gen: bool = True
    success_response: bool = True
    boxed: bool = False
    allow_oob: bool = False
    allow_preconfig: bool = False
    coroutine: bool = False
    access: Optional[str] = None
    long_request: bool = False


@dataclass
class EventDef(Definition):
    data: Data = None
    boxed: bool = False
    rate_limit: Union[bool, str] = False
    rate_limit_line: int = 0
