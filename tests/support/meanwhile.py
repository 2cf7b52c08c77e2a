"""A store in which somebody else is quicker, at a moment that the test names."""

from collections.abc import Callable

from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Item, Page


class MeanwhileStore(SqliteStore):
    """Does something else just before a key is read, or one item is written, or just after keys were searched."""

    _key = ""
    _passes = 0
    _action: Callable[[], object] | None = None

    def meanwhile(self, key: str, action: Callable[[], object], *, passes: int = 0) -> None:
        """Has `action` done once, before the next use of a key that begins with `key`.

        Args:
            key: Beginning of a sort key; `after ` before it for a search.
            action: May use this store.
            passes: Uses of such keys before it.
        """
        self._key, self._action, self._passes = key, action, passes

    def get(self, pk: str, sk: str) -> Item | None:
        self._meet(sk)
        return super().get(pk, sk)

    def query(self, pk: str, between: tuple[str, str] | None, *, desc: bool, limit: int, cursor: str | None) -> Page:
        page = super().query(pk, between, desc=desc, limit=limit, cursor=cursor)
        self._meet(f"after {between[0] if between else ''}")
        return page

    def put_if_absent(self, item: Item) -> bool:
        self._meet(item.sk)
        return super().put_if_absent(item)

    def update_if(self, item: Item, *, version: int) -> bool:
        self._meet(item.sk)
        return super().update_if(item, version=version)

    def _meet(self, sk: str) -> None:
        if self._action is None or not sk.startswith(self._key):
            return
        self._passes -= 1
        if self._passes < 0:
            action, self._action = self._action, None
            action()
