// Package e2e plays the whole story of a purchase: the built binary as a process,
// the pocket WeChat beside it, and the pages of phone, storefront and console in
// a headless Chromium, once on SQLite and once on PostgreSQL. Between the acts
// the server is restarted and killed. Pictures of every step are kept in out/.
//
// It needs the built pages (make web), Node with web/node_modules and a Chromium
// (CHROMIUM names another than the usual ones). Without them the test skips,
// except where CI=true: there it fails.
package e2e
