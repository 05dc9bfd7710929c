"""What a restore removes: all that the series plane has of runs that were made between the copies."""

import pytest

from apps.hosting.backup import remove_points_without_run
from apps.tables.models import LoggedTable, TableKey
from tests.factories import make_run
from tests.tables.tables import put_matrices, put_tables

pytestmark = pytest.mark.django_db(transaction=True)


def test_tables_of_a_run_that_is_not_there_go_too():
    kept, lost = make_run(), make_run()
    put_tables(kept)
    put_tables(lost)
    put_matrices(lost)
    lost.delete()
    assert remove_points_without_run() == 1
    for model in (LoggedTable, TableKey):
        assert set(model.objects.values_list("run_id", flat=True)) == {kept.id}
