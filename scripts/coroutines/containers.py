# GLib's containers that free what they hold: a pointer to one is followed like a function pointer,
# which stands for the functions that it was made with.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import Dict, List, Optional, Set, Tuple

RECORDS = ('_GHashTable', '_GPtrArray', '_GArray', '_GTree', '_GAsyncQueue', '_GBytes')

# Who takes such functions, and which of the arguments they are.
_MAKERS: Dict[str, List[int]] = {
    'g_hash_table_new_full': [2, 3],
    'g_ptr_array_new_with_free_func': [0],
    'g_ptr_array_new_full': [1],
    'g_tree_new_full': [2, 3],
    'g_async_queue_new_full': [0],
    'g_bytes_new_with_free_func': [2],
}
# The same for one that is there: its first argument.
_SETTERS: Dict[str, int] = {'g_ptr_array_set_free_func': 1, 'g_array_set_clear_func': 1}
# All of these: (function, argument).
GIVEN: Set[Tuple[str, int]] = ({(name, index) for name in _MAKERS for index in _MAKERS[name]} |
                               set(_SETTERS.items()))

_RUNS = (
    'g_hash_table_insert', 'g_hash_table_replace', 'g_hash_table_add', 'g_hash_table_remove',
    'g_hash_table_remove_all', 'g_hash_table_foreach_remove', 'g_hash_table_destroy',
    'g_hash_table_unref', 'g_hash_table_iter_remove', 'g_hash_table_iter_replace',
    'glib_autoptr_cleanup_GHashTable',
    'g_ptr_array_remove', 'g_ptr_array_remove_fast', 'g_ptr_array_remove_index',
    'g_ptr_array_remove_index_fast', 'g_ptr_array_remove_range', 'g_ptr_array_set_size',
    'g_ptr_array_free', 'g_ptr_array_unref', 'glib_autoptr_cleanup_GPtrArray',
    'g_array_remove_index', 'g_array_remove_index_fast', 'g_array_remove_range',
    'g_array_set_size', 'g_array_free', 'g_array_unref', 'glib_autoptr_cleanup_GArray',
    'g_tree_insert', 'g_tree_replace', 'g_tree_remove', 'g_tree_remove_all', 'g_tree_destroy',
    'g_tree_unref', 'glib_autoptr_cleanup_GTree',
    'g_async_queue_unref', 'glib_autoptr_cleanup_GAsyncQueue',
    'g_bytes_unref', 'glib_autoptr_cleanup_GBytes',
)
# Calls with the value of their first argument.
SAME = ('g_hash_table_ref', 'g_ptr_array_ref', 'g_array_ref', 'g_tree_ref', 'g_async_queue_ref',
        'g_bytes_ref')
_FAMILIES = {'g_hash_table_': '_GHashTable', 'g_ptr_array_': '_GPtrArray', 'g_array_': '_GArray',
             'g_tree_': '_GTree', 'g_async_queue_': '_GAsyncQueue', 'g_bytes_': '_GBytes'}


def made_with(name: str) -> List[int]:
    """Which arguments of function @name are called when what the container holds is freed."""
    return _MAKERS.get(name, [])


def set_with(name: str) -> Optional[int]:
    """The argument that function @name gives to the container that is its first."""
    return _SETTERS.get(name)


def frees(name: str) -> bool:
    """Whether function @name frees what its first argument holds."""
    return name in _RUNS


def any_of(record: str) -> str:
    """The place that stands for every container of a type."""
    return f'g:any {record.lstrip("_")}'


def is_any(place: str) -> bool:
    """Whether @place is one of those."""
    return place.startswith('g:any ')


def any_for(name: str) -> Optional[str]:
    """The same, for what function @name frees."""
    return next((any_of(record) for family, record in _FAMILIES.items()
                 if name.startswith(family)), None)
