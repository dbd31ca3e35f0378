# Back end: emitters of events.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import List, Optional, Union

from .cgen import GenFile, GenHeader, ModularGen, Names, call_params, guarded
from .commands import has_argument_object
from .entities import (QAPISchemaEntity, QAPISchemaEnumMember, QAPISchemaFeature,
                       QAPISchemaObjectType)
from .ifcond import QAPISchemaIfCond
from .names import c_name
from .schema import BUILTIN_MODULE
from .source import QAPISourceInfo
from .types import gen_enum, gen_enum_access, gen_enum_lookup


def _gen_param_object(arg_type: QAPISchemaObjectType) -> str:
    """The arguments as the object they are members of; nothing is copied."""
    fields = ''
    for member in arg_type.members:
        name = member.c_name()
        if member.need_has():
            fields += f'        .has_{name} = has_{name},\n'
        # Input and output share one walk, so that strings in structs are not const.
        cast = '(char *)' if member.type.name == 'str' else ''
        fields += f'        .{name} = {cast}{name},\n'
    return f'    {arg_type.c_name()} q_param = {{\n{fields}    }};\n'


def _gen_emit(name: str, data: str, rate_limit: Union[bool, str]) -> str:
    if not rate_limit:
        return f'    qmp_event_emit("{name}", {data});\n}}\n'
    member = f'"{rate_limit}"' if isinstance(rate_limit, str) else 'NULL'
    return f'    qmp_event_emit_limited("{name}", {member}, {data});\n}}\n'


def _gen_emitter(name: str, arg_type: Optional[QAPISchemaObjectType], boxed: bool,
                 rate_limit: Union[bool, str]) -> str:
    """Parameters are named as the schema says; what begins with q_ cannot clash with them."""
    head = f'void qapi_event_send_{c_name(name.lower())}({call_params(arg_type, boxed)})\n{{\n'
    if not has_argument_object(arg_type, boxed):
        return head + _gen_emit(name, 'NULL', rate_limit)
    assert arg_type is not None
    param = '' if boxed else _gen_param_object(arg_type)
    obj = 'arg' if boxed else '&q_param'
    return f'''{head}    QObject *q_data = NULL;
    Visitor *q_v = qobject_output_visitor_new(&q_data);
{param}
    visit_start_struct(q_v, "{name}", NULL, 0, &error_abort);
    visit_type_{arg_type.c_name()}_members(q_v, {obj}, &error_abort);
    visit_check_struct(q_v, &error_abort);
    visit_end_struct(q_v, NULL);
    visit_complete(q_v, &q_data);
    visit_free(q_v);
''' + _gen_emit(name, 'qobject_to_qdict(q_data)', rate_limit)


class EventGen(ModularGen):
    """Emitters by module; an enum of all events in PREFIXqapi-emit-events."""

    what = 'events'
    title = 'Schema events'

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self._events: List[QAPISchemaEnumMember] = []
        self._rate_limit: Union[bool, str] = False

    def begin_module(self, builtin: bool) -> None:
        if builtin:
            return
        self.h.include(self.header_of(self.module, 'types'))
        self.c.include('qapi/qmp-registry.h')
        self.c.include('qapi/visitor.h')
        self.c.include(self.header_of(self.module, 'events'))
        self.c.include(self.header_of(self.module, 'visit'))

    def visit_end(self) -> None:
        super().visit_end()
        path = f'{self.names.prefix}qapi-emit-events'
        header = GenHeader(path + '.h', 'All events of the schema')
        source = GenFile(path + '.c', 'All events of the schema')
        name = c_name(self.names.prefix + 'QAPIEvent', False)
        header.include('qapi/visitor.h')
        header.add(gen_enum(name, self._events, ''), gen_enum_access(name))
        source.include(header.path)
        source.add(gen_enum_lookup(name, self._events, ''))
        self.files[header.path] = header
        self.files[source.path] = source

    def visit_needed(self, entity: QAPISchemaEntity) -> bool:
        return self.module != BUILTIN_MODULE

    def visit_event_rate(self, name: str, rate_limit: Union[bool, str]) -> None:
        self._rate_limit = rate_limit

    def visit_event(self, name: str, info: Optional[QAPISourceInfo], ifcond: QAPISchemaIfCond,
                    features: List[QAPISchemaFeature],
                    arg_type: Optional[QAPISchemaObjectType], boxed: bool) -> None:
        params = call_params(arg_type, boxed)
        self.h.add(guarded(ifcond, f'void qapi_event_send_{c_name(name.lower())}({params});\n'))
        self.c.add(guarded(ifcond, _gen_emitter(name, arg_type, boxed, self._rate_limit)))
        self._events.append(QAPISchemaEnumMember(name, info, ifcond))
