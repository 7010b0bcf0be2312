"""The formats of captures: those that are shipped, and those of plugins."""

from __future__ import annotations

from connectors import CONNECTORS, Connector
from pipelines.code import plugins
from pipelines.errors import PluginError


def connector_named(name: str) -> Connector:
    """Return the connector that recipes call *name*.

    Raises:
        PluginError: *name* means a plugin, and it is not there or offers something else.
    """
    if not plugins.is_plugin(name):
        return CONNECTORS[name]
    found = plugins.load(plugins.CONNECTORS, name)
    if not isinstance(found, Connector):
        raise PluginError(f"the plugin {name} offers no connectors.Connector, but {type(found).__name__}")
    return found
