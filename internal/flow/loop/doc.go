// Package loop holds the tests of the whole purchase loop: checkout, pay,
// aftersale and delivery together, on both engines, against a bank that plays the
// provider's side of the protocol and against the pocket WeChat. After every step
// the auditor must find nothing.
package loop
