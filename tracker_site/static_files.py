"""How static files are named and kept."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Names carry a hash of the content, in imports between ES modules too, so browsers may keep files for ever."""

    support_js_module_import_aggregation = True
