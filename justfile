# Everything that must pass before a change is merged
ci: fmt clippy page test

# Check the format of the code
fmt:
    cargo fmt --check

# Run the linter; warnings are errors
clippy:
    cargo clippy --locked --all-targets -- -D warnings

# Check the format of the inspector's page, and lint it (needs just test-tools)
page:
    if [ -x tests/tools/node_modules/.bin/biome ]; then tests/tools/node_modules/.bin/biome ci --error-on-warnings --config-path tests/tools src/listener/inspector; else echo "skipped: biome is not installed"; fi

# Run all tests
test:
    cargo test --locked

# Install what some tests need: shells, a browser, npm packages
test-tools:
    .ci/install-test-tools

# Run the tests and accept changed snapshots (needs cargo-insta)
snapshots:
    cargo insta test --accept

# Write what commands print into the documentation, and take its pictures again (needs just test-tools)
docs:
    UPDATE_DOCS=1 cargo test --locked --test cli documentation
    UPDATE_PICTURES=1 cargo test --locked --test cli inspector::the_pictures

# Benchmark hot functions
bench:
    cargo bench

# Compare the release binary with curl, xh and a bare socket
compare:
    cargo build --release --locked
    benches/compare

# Build packages for this machine (needs what docs/releasing.md says)
packages:
    packaging/build deb wheel npm container

# Install the packages in a new Debian without Rust (needs root and debootstrap)
packages-test:
    packaging/test

# Check other systems: Windows, Wine, static Linux, arm64, macOS (needs root, debootstrap and Debian)
cross:
    packaging/cross windows wine static arm macos
