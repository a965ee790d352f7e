package fetch

import (
	"context"
	"net"
)

// DialerFor checks like the real dialler, but takes one address for a public one.
func DialerFor(public string) func(context.Context, string, string) (net.Conn, error) {
	c := &Client{}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		d := net.Dialer{ControlContext: c.control}
		if address == public {
			d.ControlContext = nil
		}
		return d.DialContext(ctx, network, address)
	}
}
