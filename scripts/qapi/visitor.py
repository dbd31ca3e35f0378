# The walk over a schema that every back end and every program of others makes.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import TYPE_CHECKING, List, Optional, Union

from .entities import (QAPISchemaEntity, QAPISchemaEnumMember, QAPISchemaFeature,
                       QAPISchemaObjectType, QAPISchemaObjectTypeMember, QAPISchemaType,
                       QAPISchemaVariants)
from .ifcond import QAPISchemaIfCond
from .source import QAPISourceInfo

if TYPE_CHECKING:
    from .schema import QAPISchema


class QAPISchemaVisitor:
    """Called by QAPISchema.visit(): modules in order of inclusion, in each its entities in order.

    Every method may be left as it is.
    """

    def visit_begin(self, schema: 'QAPISchema') -> None:
        """Before everything else."""

    def visit_end(self) -> None:
        """After everything else."""

    def visit_module(self, name: str) -> None:
        """What follows is of module @name: a path relative to the schema, or './builtin'."""

    def visit_needed(self, entity: QAPISchemaEntity) -> bool:
        """Whether @entity is to be visited."""
        return True

    def visit_include(self, name: str, info: Optional[QAPISourceInfo]) -> None:
        """The module visited includes module @name."""

    def visit_builtin_type(self, name: str, info: Optional[QAPISourceInfo],
                           json_type: str) -> None:
        pass

    def visit_enum_type(self, name: str, info: Optional[QAPISourceInfo],
                        ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                        members: List[QAPISchemaEnumMember], prefix: Optional[str]) -> None:
        pass

    def visit_array_type(self, name: str, info: Optional[QAPISourceInfo],
                         ifcond: QAPISchemaIfCond, element_type: QAPISchemaType) -> None:
        pass

    def visit_object_type(self, name: str, info: Optional[QAPISourceInfo],
                          ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                          base: Optional[QAPISchemaObjectType],
                          members: List[QAPISchemaObjectTypeMember],
                          variants: Optional[QAPISchemaVariants]) -> None:
        """@members without those of @base."""

    def visit_object_type_flat(self, name: str, info: Optional[QAPISourceInfo],
                               ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                               members: List[QAPISchemaObjectTypeMember],
                               variants: Optional[QAPISchemaVariants]) -> None:
        """@members with those of the base."""

    def visit_alternate_type(self, name: str, info: Optional[QAPISourceInfo],
                             ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                             variants: QAPISchemaVariants) -> None:
        pass

    def visit_command_limits(self, name: str, access: Optional[str], long_request: bool) -> None:
        """Before visit_command(); @access is 'read', 'screen', or None: it changes something."""

    def visit_command(self, name: str, info: Optional[QAPISourceInfo],
                      ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                      arg_type: Optional[QAPISchemaObjectType],
                      ret_type: Optional[QAPISchemaType], gen: bool, success_response: bool,
                      boxed: bool, allow_oob: bool, allow_preconfig: bool,
                      coroutine: bool) -> None:
        pass

    def visit_event_rate(self, name: str, rate_limit: Union[bool, str]) -> None:
        """Before visit_event(): whether it is limited, or the member that tells them apart."""

    def visit_event(self, name: str, info: Optional[QAPISourceInfo], ifcond: QAPISchemaIfCond,
                    features: List[QAPISchemaFeature],
                    arg_type: Optional[QAPISchemaObjectType], boxed: bool) -> None:
        pass
