package sim

import (
	"crypto/rsa"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

const pooledKeys = 6 // enough that neighbours never share one

// TestMain lets worlds and merchants share a few RSA keys, in turn: making them would be most of the tests' time.
func TestMain(m *testing.M) {
	type pair struct {
		key  *rsa.PrivateKey
		text string
		err  error
	}
	pool := sync.OnceValue(func() (keys [pooledKeys]pair) {
		var all sync.WaitGroup
		for i := range keys {
			all.Go(func() { keys[i].key, keys[i].text, keys[i].err = paycrypt.GenerateKey(nil) })
		}
		all.Wait()
		return keys
	})
	var turn atomic.Int64
	makeKey = func(io.Reader) (*rsa.PrivateKey, string, error) {
		p := pool()[turn.Add(1)%pooledKeys]
		return p.key, p.text, p.err
	}
	os.Exit(m.Run())
}
