#!/usr/bin/env bash
# validators.sh CYCLONEDX SPDX: has others' validators judge the lists. CycloneDX' own library comes from npm, once; it is said
# where that cannot be had. SPDX' JSON schema is in no package: GLINDA_SPDX_SCHEMA can name the file (schemas/spdx-schema.json of
# the specification's version 2.3).
set -euo pipefail
if [ -n "${GLINDA_SPDX_SCHEMA:-}" ]; then
  python3 - "$2" "$GLINDA_SPDX_SCHEMA" <<'END'
import json, sys
import jsonschema
jsonschema.validate(*(json.load(open(name, encoding="utf-8")) for name in sys.argv[1:]))
print("SPDX' schema takes the list")
END
else
  echo "validators: GLINDA_SPDX_SCHEMA is not set: the list is NOT judged by SPDX' schema" >&2
fi
folder=${XDG_CACHE_HOME:-$HOME/.cache}/glinda/validators
mkdir -p "$folder"
if [ ! -d "$folder/node_modules/@cyclonedx/cyclonedx-library" ]; then
  if ! { command -v npm >/dev/null && npm install --silent --no-audit --no-fund --prefix "$folder" \
    @cyclonedx/cyclonedx-library@10 ajv@8 ajv-formats@3 ajv-formats-draft2019@1 packageurl-js@2; } >&2; then
    echo "validators: npm has not brought CycloneDX' library: the lists are NOT judged by it" >&2
    exit 0
  fi
fi
cat >"$folder/judge.mjs" <<'END'
import { readFileSync } from "node:fs";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { PackageURL } from "packageurl-js";
const text = readFileSync(process.argv[2], "utf8");
const wrong = await new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(text);
if (wrong !== null) {
  console.error("CycloneDX:", JSON.stringify(wrong, null, 1));
  process.exit(1);
}
const packages = [
  ...JSON.parse(text).components.map((one) => [one.name, one.version, one.purl]),
  ...JSON.parse(readFileSync(process.argv[3], "utf8"))
    .packages.filter((one) => one.externalRefs)
    .map((one) => [one.name, one.versionInfo, one.externalRefs[0].referenceLocator]),
];
for (const [name, version, url] of packages) {
  const read = PackageURL.fromString(url);
  if (read.type !== "deb" || read.name !== name || read.version !== version) {
    console.error(`${url} is no package URL of ${name} ${version}`);
    process.exit(1);
  }
}
console.log(`CycloneDX' validator takes the list, and ${packages.length} package URLs are those of their packages`);
END
node "$folder/judge.mjs" "$1" "$2"
