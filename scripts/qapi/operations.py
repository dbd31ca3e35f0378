# What a schema is made of beside types: commands, events, and includes.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Sequence, Union

from .docs import QAPIDoc
from .entities import (QAPISchemaArrayType, QAPISchemaEntity, QAPISchemaFeature,
                       QAPISchemaObjectType, QAPISchemaType)
from .error import QAPISemError
from .ifcond import QAPISchemaIfCond
from .source import QAPISourceInfo

if TYPE_CHECKING:
    from .schema import QAPISchema
    from .visitor import QAPISchemaVisitor


class _WithArguments(QAPISchemaEntity):
    """What a command and an event have in common."""

    def __init__(self, name: str, info: QAPISourceInfo, doc: Optional[QAPIDoc],
                 ifcond: QAPISchemaIfCond, features: Sequence[QAPISchemaFeature],
                 arg_type: Optional[str], boxed: bool) -> None:
        super().__init__(name, info, doc, ifcond, features)
        self._arg_type_name = arg_type
        self.arg_type: Optional[QAPISchemaObjectType] = None
        self.boxed = boxed

    def connect_doc(self, doc: QAPIDoc) -> None:
        super().connect_doc(doc)
        if self.arg_type is not None and self.arg_type.is_implicit():
            self.arg_type.connect_doc(doc)

    def _check_data(self, schema: QAPISchema) -> None:
        if self._arg_type_name is None:
            return
        typ = schema.resolve_type(self._arg_type_name, self.info, f"{self.meta}'s 'data'")
        if not isinstance(typ, QAPISchemaObjectType):
            raise QAPISemError(self.info, f"{self.meta}'s 'data' cannot take {typ.describe()}: "
                                          "it must be a struct" +
                               (' or union' if self.boxed else ''))
        if typ.variants and not self.boxed:
            raise QAPISemError(self.info, f"{self.meta}'s 'data' can take {typ.describe()} only "
                                          "with 'boxed': true")
        typ.check(schema)
        for member in typ.members:
            if member.ifcond.is_present() and not self.boxed:
                raise QAPISemError(self.info, f"conditional {self.meta} arguments require "
                                              "'boxed': true")
        self.arg_type = typ


class QAPISchemaCommand(_WithArguments):
    meta = 'command'

    def __init__(self, name: str, info: QAPISourceInfo, doc: Optional[QAPIDoc],
                 ifcond: QAPISchemaIfCond, features: Sequence[QAPISchemaFeature],
                 arg_type: Optional[str], boxed: bool, ret_type: Optional[str],
                 gen: bool, success_response: bool, allow_oob: bool, allow_preconfig: bool,
                 coroutine: bool, access: Optional[str] = None,
                 long_request: bool = False) -> None:
        super().__init__(name, info, doc, ifcond, features, arg_type, boxed)
        self._ret_type_name = ret_type
        self.ret_type: Optional[QAPISchemaType] = None
        self.gen = gen
        self.success_response = success_response
        self.allow_oob = allow_oob
        self.allow_preconfig = allow_preconfig
        self.coroutine = coroutine
        self.access = access
        self.long_request = long_request

    def check(self, schema: QAPISchema) -> None:
        super().check(schema)
        self._check_data(schema)
        if self._ret_type_name is None:
            return
        typ = schema.resolve_type(self._ret_type_name, self.info, "command's 'returns'")
        if isinstance(typ, QAPISchemaArrayType):
            typ.check(schema)
        self.ret_type = typ
        assert self.info is not None
        if self.name in self.info.pragma.command_returns_exceptions:
            return
        element = typ.element_type if isinstance(typ, QAPISchemaArrayType) else typ
        if not isinstance(element, QAPISchemaObjectType):
            raise QAPISemError(self.info, f"command's 'returns' cannot take {typ.describe()}: it "
                                          "must be a struct, a union, or an array of them")

    def visit(self, visitor: QAPISchemaVisitor) -> None:
        visitor.visit_command_limits(self.name, self.access, self.long_request)
        visitor.visit_command(self.name, self.info, self.ifcond, self.features, self.arg_type,
                              self.ret_type, self.gen, self.success_response, self.boxed,
                              self.allow_oob, self.allow_preconfig, self.coroutine)


class QAPISchemaEvent(_WithArguments):
    meta = 'event'

    def __init__(self, name: str, info: QAPISourceInfo, doc: Optional[QAPIDoc],
                 ifcond: QAPISchemaIfCond, features: Sequence[QAPISchemaFeature],
                 arg_type: Optional[str], boxed: bool, rate_limit: Union[bool, str] = False,
                 rate_limit_line: int = 0) -> None:
        super().__init__(name, info, doc, ifcond, features, arg_type, boxed)
        self.rate_limit = rate_limit
        self._rate_limit_line = rate_limit_line

    def check(self, schema: QAPISchema) -> None:
        super().check(schema)
        self._check_data(schema)
        if isinstance(self.rate_limit, str):
            self._check_rate_limit(self.rate_limit)

    def _check_rate_limit(self, name: str) -> None:
        assert self.info is not None
        info = self.info.at(self._rate_limit_line)
        members = self.arg_type.members if self.arg_type is not None else []
        found = [member for member in members if member.name == name]
        if not found:
            raise QAPISemError(info, f"'rate-limit' names '{name}', which is no member of the "
                                     "event's 'data'")
        if found[0].type.name != 'str' or found[0].optional:
            raise QAPISemError(info, f"'rate-limit' needs a string that is always there, and "
                                     f"'{name}' is not")

    def visit(self, visitor: QAPISchemaVisitor) -> None:
        visitor.visit_event_rate(self.name, self.rate_limit)
        visitor.visit_event(self.name, self.info, self.ifcond, self.features, self.arg_type,
                            self.boxed)


class QAPISchemaInclude(QAPISchemaEntity):
    """Another module is used from here on."""

    def __init__(self, name: str, info: Optional[QAPISourceInfo]) -> None:
        super().__init__(name, info)

    def visit(self, visitor: QAPISchemaVisitor) -> None:
        visitor.visit_include(self.name, self.info)
