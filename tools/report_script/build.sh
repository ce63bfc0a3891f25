#!/bin/sh
# Build src/cribble/report/assets/d3.min.js again, its licenses on top, from the locked packages.
set -e
cd "$(dirname "$0")"
npm ci --no-audit --no-fund
licenses=$(for package in node_modules/d3-*; do
    printf '%s %s\n' "$(basename "$package")" "$(node -p "require('./$package/package.json').version")"
    cat "$package/LICENSE"
    echo
done)
npx esbuild entry.js --bundle --minify --format=iife --global-name=d3 --target=es2020 \
    --legal-comments=none --banner:js="/*! Built by tools/report_script from:
$licenses
*/" --outfile=../../src/cribble/report/assets/d3.min.js
