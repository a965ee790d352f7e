package kuaidi100

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// SignQuery signs a query: MD5(param + key + customer) in upper-case hex, over the very bytes of param that are sent.
func SignQuery(param, key, customer string) string { return upperMD5(param + key + customer) }

// SignPush signs a push: MD5(param + salt) in upper-case hex.
func SignPush(param, salt string) string { return upperMD5(param + salt) }

func upperMD5(text string) string {
	sum := md5.Sum([]byte(text))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func sameSign(got, want string) bool {
	return subtle.ConstantTimeCompare([]byte(strings.ToUpper(got)), []byte(want)) == 1
}
