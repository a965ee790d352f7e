package callback

import (
	"net/http"

	"github.com/shuke-commerce/shuke/internal/domain/payment/alipay"
	"github.com/shuke-commerce/shuke/internal/edge"
	flow "github.com/shuke-commerce/shuke/internal/flow/pay"
)

// Alipay takes the notices of Alipay: verified, kept under their id, then handed to
// the flow. "success" is answered only when that is durable; anything else comes
// again, for a day.
type Alipay struct {
	Provider *alipay.Provider
	Flow     *flow.Deps
}

// maxAlipayNotice bounds the body of a notice.
const maxAlipayNotice = 64 << 10

// Mount adds the address that every payment names.
func (a *Alipay) Mount(mux *http.ServeMux, path string) {
	mux.HandleFunc("POST "+path, a.serve)
}

func (a *Alipay) serve(w http.ResponseWriter, r *http.Request) {
	log := edge.RequestOf(r.Context()).Log
	r.Body = http.MaxBytesReader(w, r.Body, maxAlipayNotice)
	err := r.ParseForm()
	if err == nil {
		var n, readErr = a.Provider.Notice(r.PostForm)
		if err = readErr; err == nil && n.Payment != nil {
			if err = a.Flow.HandlePaymentNotice(r.Context(), n); forGood(err) {
				log.Error("payment notice kept for a person", "id", n.ID, "kind", n.Kind, "err", err)
				err = nil
			}
		}
	}
	if err != nil {
		log.Warn("alipay notice not taken", "err", err)
		http.Error(w, "fail", http.StatusBadRequest)
		return
	}
	_, _ = w.Write([]byte("success"))
}
