# Everything that must pass before a change is merged
ci: fmt clippy test

# Check the format of the code
fmt:
    cargo fmt --check

# Run the linter; warnings are errors
clippy:
    cargo clippy --locked --all-targets -- -D warnings

# Run all tests
test:
    cargo test --locked

# Install what some tests need: shells, a browser, npm packages
test-tools:
    .ci/install-test-tools

# Run the tests and accept changed snapshots (needs cargo-insta)
snapshots:
    cargo insta test --accept

# Benchmark hot functions
bench:
    cargo bench

# Compare the release binary with curl, xh and a bare socket
compare:
    cargo build --release --locked
    benches/compare

# Compile everything, tests included, for Windows (needs the rustup target and mingw-w64)
windows:
    cargo check --locked --all-targets --target x86_64-pc-windows-gnu
