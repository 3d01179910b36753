# SPDX-License-Identifier: GPL-2.0-or-later
from tests import rotation

pytest_collection_modifyitems = rotation.deselect
