# Everything is done by the scripts in .make/, which tests, CI and the container call as well.

# A killed make takes its script with it (SIGTERM: a clean stop), and a script can be interrupted even if
# make was started with SIGINT ignored, as a background process of a shell script is.
STEP = @exec env --default-signal=INT setpriv --pdeathsig TERM

.PHONY: help run env test build lint fuzz bench bench-long bench-codec bench-crypto clean-data

help: ## Shows this list.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

run: ## Installs, builds and starts Aval with its own PostgreSQL and Redis; Ctrl-C stops it.
	@.make/prerequisites.sh
	$(STEP) .make/run.sh

env: ## Prints the exports that commands in another terminal need; see README.
	@.make/env.sh

test: ## Runs all tests on throw-away stores, and the format check. FILTER=Name runs a part.
	@env -u AVAL_DATABASE_URL -u AVAL_REDIS_URL .make/prerequisites.sh test
	$(STEP) .make/test.sh "$(FILTER)"

build: ## Builds the aval program in release.
	@.make/prerequisites.sh
	@.make/build.sh

lint: ## Checks the format of all Swift code.
	@.make/lint.sh

fuzz: ## Mutates ten million messages for the codec and for sessions, a million for the rest; new seed or AVAL_SEED.
	@env -u AVAL_DATABASE_URL -u AVAL_REDIS_URL .make/prerequisites.sh
	$(STEP) .make/codec.sh fuzz
	$(STEP) env AVAL_MUTATIONS=10000000 .make/test.sh SessionMutation
	$(STEP) env AVAL_MUTATIONS=1000000 .make/test.sh /MutationTests

bench: ## Measures authorizations per second beside pgbench, on throw-away stores; minutes, on a quiet machine.
	@env -u AVAL_DATABASE_URL -u AVAL_REDIS_URL .make/prerequisites.sh
	$(STEP) .make/bench.sh

bench-long: ## The same, with longer runs.
	@env -u AVAL_DATABASE_URL -u AVAL_REDIS_URL .make/prerequisites.sh
	$(STEP) .make/bench.sh long

bench-codec: ## Times the ISO 8583 codec: nanoseconds to read and to write one message, on one thread.
	@.make/prerequisites.sh
	$(STEP) .make/codec.sh bench

bench-crypto: ## Times payment cryptography: each operation per second, on one thread.
	@.make/prerequisites.sh
	$(STEP) .make/codec.sh crypto

clean-data: ## Stops Aval and deletes its data, keys and passwords.
	@.make/clean-data.sh
