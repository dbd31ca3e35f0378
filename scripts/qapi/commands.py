# Back end: marshallers of commands and their registration.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import List, Optional, Set

from .cgen import (GenFile, GenHeader, ModularGen, Names, call_params, declare, guarded,
                   special_features)
from .entities import QAPISchemaEntity, QAPISchemaFeature, QAPISchemaObjectType, QAPISchemaType
from .ifcond import QAPISchemaIfCond
from .names import c_name
from .schema import BUILTIN_MODULE, QAPISchema
from .source import QAPISourceInfo

_MARSHAL_PARAMS = 'QDict *args, JsonWriter *out, Error **errp'


def _marshal_prototype(function: str, coroutine: bool) -> str:
    """Of two types that the compiler tells apart: include/qapi/qmp-registry.h."""
    if coroutine:
        return f'void coroutine_fn {function}(' \
               f'G_GNUC_UNUSED const CoContext *here, {_MARSHAL_PARAMS})'
    return f'void {function}({_MARSHAL_PARAMS})'


def has_argument_object(arg_type: Optional[QAPISchemaObjectType], boxed: bool) -> bool:
    return arg_type is not None and (boxed or not arg_type.is_empty())


def _gen_handler_decl(name: str, arg_type: Optional[QAPISchemaObjectType],
                      ret_type: Optional[QAPISchemaType], boxed: bool, coroutine: bool) -> str:
    ret = ret_type.c_type() if ret_type else 'void'
    mark = 'coroutine_fn ' if coroutine else ''
    params = call_params(arg_type, boxed, with_errp=True)
    return f'{declare(ret, f"{mark}qmp_{c_name(name)}")}({params});\n'


def _gen_call(name: str, arg_type: Optional[QAPISchemaObjectType],
              ret_type: Optional[QAPISchemaType], boxed: bool) -> str:
    args: List[str] = []
    if arg_type is not None and boxed:
        args.append('&arg')
    elif arg_type is not None:
        for member in arg_type.members:
            if member.need_has():
                args.append(f'arg.has_{member.c_name()}')
            args.append(f'arg.{member.c_name()}')
    args.append('&err')
    left = 'ret = ' if ret_type else ''
    return f'    {left}qmp_{c_name(name)}({", ".join(args)});\n'


def _gen_output(ret_type: QAPISchemaType) -> str:
    cname = ret_type.c_name()
    ctype = declare(ret_type.c_type(), 'ret')
    return f'''static G_GNUC_UNUSED void qmp_marshal_output_{cname}({ctype}, JsonWriter *out)
{{
    Visitor *v = json_output_visitor_new(out);

    visit_type_{cname}(v, "unused", &ret, &error_abort);
    visit_complete(v, NULL);
    visit_free(v);
    v = qapi_dealloc_visitor_new();
    visit_type_{cname}(v, "unused", &ret, NULL);
    visit_free(v);
}}
'''


def _holds_memory(arg_type: QAPISchemaObjectType) -> bool:
    return arg_type.variants is not None or any(m.type.is_pointer() for m in arg_type.members)


def _gen_dealloc(arg_type: QAPISchemaObjectType) -> str:
    return f'''out:
    v = qapi_dealloc_visitor_new();
    visit_start_struct(v, NULL, NULL, 0, NULL);
    visit_type_{arg_type.c_name()}_members(v, &arg, NULL);
    visit_end_struct(v, NULL);
    visit_free(v);
'''


def _gen_take_args(arg_type: QAPISchemaObjectType, leave: str) -> str:
    return f'''    v = qobject_input_visitor_new_taking(QOBJECT(args));
    ok = visit_start_struct(v, NULL, NULL, 0, errp);
    if (ok) {{
        ok = visit_type_{arg_type.c_name()}_members(v, &arg, errp) &&
             visit_check_struct(v, errp);
        visit_end_struct(v, NULL);
    }}
    visit_free(v);
    if (!ok) {{
        {leave};
    }}
'''


def _gen_marshal(name: str, arg_type: Optional[QAPISchemaObjectType],
                 ret_type: Optional[QAPISchemaType], boxed: bool, coroutine: bool) -> str:
    leave = 'return'
    decls = dealloc = ''
    take_args = '''    if (!qmp_check_no_arguments(args, errp)) {
        return;
    }
'''
    output = 'json_writer_begin_object(out);\n    json_writer_end_object(out);'
    if arg_type is not None and has_argument_object(arg_type, boxed):
        if _holds_memory(arg_type):
            leave = 'goto out'
            dealloc = _gen_dealloc(arg_type)
        decls += f'    bool ok;\n    Visitor *v;\n    {arg_type.c_name()} arg = {{0}};\n'
        take_args = _gen_take_args(arg_type, leave)
    if ret_type is not None:
        decls += f'    {declare(ret_type.c_type(), "ret")};\n'
        output = f'qmp_marshal_output_{ret_type.c_name()}(ret, out);'
    return f'''{_marshal_prototype(f'qmp_marshal_{c_name(name)}', coroutine)}
{{
    Error *err = NULL;
{decls}
{take_args}{_gen_call(name, arg_type, ret_type, boxed)}    if (err) {{
        error_propagate(errp, err);
        {leave};
    }}
    {output}
{dealloc}}}
'''


class CommandGen(ModularGen):
    """Marshallers by module; registration of all in PREFIXqapi-init-commands."""

    what = 'commands'
    title = 'Schema commands'

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self._registrations: List[str] = []
        self._sure_of_commands = False
        self._limits: List[str] = []
        path = f'{names.prefix}qapi-init-commands'
        self._init_h = GenHeader(path + '.h', 'Registration of all commands of the schema')
        self._init_c = GenFile(path + '.c', 'Registration of all commands of the schema')

    def visit_begin(self, schema: QAPISchema) -> None:
        super().visit_begin(schema)
        self._init_c.include(self._init_h.path)

    def begin_module(self, builtin: bool) -> None:
        self._outputs: Set[str] = set()
        if builtin:
            return
        self.h.include('qapi/qmp-registry.h')
        self.h.include(self.header_of(self.module, 'types'))
        self.c.include(self.header_of(self.module, 'commands'))
        self.c.include(self.header_of(self.module, 'visit'))
        self._init_c.include(self.names.include(self.module, 'commands', self._init_c.path))

    def visit_end(self) -> None:
        super().visit_end()
        function = f'{c_name(self.names.prefix, False)}qmp_init_marshal'
        unused = '' if self._sure_of_commands else 'G_GNUC_UNUSED '
        self._init_h.include('qapi/qmp-registry.h')
        self._init_h.add(f'void {function}(QmpCommandList *cmds);\n')
        self._init_c.add(f'void {function}({unused}QmpCommandList *cmds)\n'
                         f'{{\n{"".join(self._registrations)}}}\n')
        self.files[self._init_h.path] = self._init_h
        self.files[self._init_c.path] = self._init_c

    def visit_needed(self, entity: QAPISchemaEntity) -> bool:
        return self.module != BUILTIN_MODULE

    def visit_command_limits(self, name: str, access: Optional[str], long_request: bool) -> None:
        self._limits = [flag for flag, is_set in (
            ('QCO_ACCESS_READ', access == 'read'), ('QCO_ACCESS_SCREEN', access == 'screen'),
            ('QCO_LONG_REQUEST', long_request)) if is_set]

    def visit_command(self, name: str, info: Optional[QAPISourceInfo],
                      ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                      arg_type: Optional[QAPISchemaObjectType],
                      ret_type: Optional[QAPISchemaType], gen: bool, success_response: bool,
                      boxed: bool, allow_oob: bool, allow_preconfig: bool,
                      coroutine: bool) -> None:
        cname = c_name(name)
        options = [flag for flag, is_set in (
            ('QCO_NO_SUCCESS_RESP', not success_response), ('QCO_ALLOW_OOB', allow_oob),
            ('QCO_ALLOW_PRECONFIG', allow_preconfig)) if is_set] + self._limits
        register = f'qmp_register_{"coroutine" if coroutine else "plain"}_command'
        function = f'qmp_marshal_{cname}' if gen else f'qmp_{cname}'
        self._sure_of_commands = self._sure_of_commands or not ifcond.is_present()
        self._registrations.append(guarded(
            ifcond, f'    {register}(cmds, "{name}", {function},\n'
                    f'    {" " * len(register)} {" | ".join(options) or "QCO_NO_OPTIONS"}, '
                    f'{special_features(features)});\n'))
        prototype = f'{_marshal_prototype(function, coroutine)};\n'
        if not gen:
            self.h.add(guarded(ifcond, prototype))
            return
        handler = _gen_handler_decl(name, arg_type, ret_type, boxed, coroutine)
        self.h.add(guarded(ifcond, handler + prototype))
        if ret_type is not None and ret_type.name not in self._outputs:
            self._outputs.add(ret_type.name)
            self.c.add(guarded(ret_type.ifcond, _gen_output(ret_type)))
        self.c.add(guarded(ifcond, _gen_marshal(name, arg_type, ret_type, boxed, coroutine)))
