// Package archtest holds the shape of the house: who may import whom, sizes,
// comments, and that clock and chance come in from above. Its tests read the
// source.
package archtest
