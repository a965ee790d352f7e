package callback

import (
	"errors"
	"net/http"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/payment/wechatpay"
	"github.com/shuke-commerce/shuke/internal/edge"
	flow "github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/wechat/pay"
)

// Pay takes the notices of WeChat Pay: verified, kept raw under their id, then
// handed to the flow. "Received" is answered only when that is durable.
type Pay struct {
	Client *pay.Client
	Flow   *flow.Deps
}

// Mount adds the address that every payment and refund names.
func (p *Pay) Mount(mux *http.ServeMux, path string) {
	mux.HandleFunc("POST "+path, p.serve)
}

func (p *Pay) serve(w http.ResponseWriter, r *http.Request) {
	log := edge.RequestOf(r.Context()).Log
	raw, err := p.Client.ReadNotice(r)
	if err != nil {
		log.Warn("payment notice refused", "err", err)
		pay.Answer(w, err)
		return
	}
	n, err := wechatpay.Notice(raw)
	if err != nil {
		log.Warn("payment notice refused", "err", err)
		pay.Answer(w, err)
		return
	}
	switch {
	case n.Payment != nil:
		err = p.Flow.HandlePaymentNotice(r.Context(), n)
	case n.Refund != nil:
		err = p.Flow.HandleRefundNotice(r.Context(), n)
	default:
		log.Info("notice of no concern", "kind", n.Kind, "id", n.ID)
	}
	if forGood(err) {
		log.Error("payment notice kept for a person", "id", n.ID, "kind", n.Kind, "err", err)
		err = nil
	} else if err != nil {
		log.Warn("payment notice not handled; it will come again", "id", n.ID, "err", err)
	}
	pay.Answer(w, err)
}

// forGood tells that repeating the notice heals nothing: it is recorded, and a
// person has to look.
func forGood(err error) bool {
	return errors.Is(err, flow.ErrMismatch) || errors.Is(err, payment.ErrPaymentNotFound) || errors.Is(err, payment.ErrRefundNotFound)
}
