// Package conformance drives third-party WeChat SDKs, unchanged, against the pocket WeChat over a socket.
//
// The simulator runs as a process of its own (bin/shuke sim, or CONFORMANCE_BIN); nothing of the project is imported. A trial is
// one call of one SDK: it has to succeed where WeChat would say yes and to be refused, with the official code, where WeChat
// would say no. The SDK's own verification and decryption judge the answers. That the call meant was the call made is
// read from the simulator's inspector. The table of all trials is RESULTS.md and RESULTS.json; a run fails when a trial
// fails or the files do not say what it found.
//
//	make conformance             run everything
//	make conformance UPDATE=1    and write the files anew
package conformance
