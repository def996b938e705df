"""What modules keep, on every database: by module and name, as it was given."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.store import Store

ANY_TEXT = st.text(min_size=1, max_size=20)


def test_each_module_has_values_of_its_own(store: Store) -> None:
    store.keep_module_value("one", "cursor", "5")
    store.keep_module_value("one", "cursor", '{"page":6}')
    store.keep_module_value("one", "more", "null")
    store.keep_module_value("two", "cursor", '"x"')
    assert store.module_values("one") == {"cursor": '{"page":6}', "more": "null"}
    store.keep_module_value("one", "cursor", None)
    store.keep_module_value("one", "cursor", None)
    assert store.module_values("one") == {"more": "null"}
    assert store.module_values("two") == {"cursor": '"x"'}
    assert store.module_values("three") == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(module=ANY_TEXT, name=ANY_TEXT)
def test_names_of_any_letters_are_kept_apart(store: Store, module: str, name: str) -> None:
    store.keep_module_value(module, name, "1")
    assert store.module_values(module)[name] == "1"
    store.keep_module_value(module, name, None)
    assert store.module_values(module) == {}
