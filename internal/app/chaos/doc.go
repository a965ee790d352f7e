// Package chaos proves the market by breaking things. It has two halves.
//
// The simulation (Simulate) runs the whole house and the whole pocket WeChat in
// one process without sockets, with a clock that is moved by hand and one stream
// of chance: buyers, merchants, WeChat with its faults, crashes and restarts are
// steps of a script, and the same seed makes the same script and the same run.
// After every step the books, the stock and the orders it touched are compared;
// now and then, and at the end when all is settled, everything is. A script that
// fails shrinks to the few steps that matter.
//
// The kills (Kill) run the real programs, serve and sim, as processes under load
// and end them with SIGKILL at random moments.
package chaos
