// Package simulation runs the market in simulated worlds (internal/app/chaos): a
// few seeds with every test run, and every script that failed once, for good.
// Scripts are kept in testdata/seeds as `shuke chaos` prints them; what each of
// them found is told in its "note".
package simulation
