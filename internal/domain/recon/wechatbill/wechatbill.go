// Package wechatbill reads the bills of WeChat Pay for the reconciliation.
package wechatbill

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/wechat/pay"
)

// Source gives the bills of one merchant. The zero value reads bills that are
// there already.
type Source struct {
	Client *pay.Client
}

var _ recon.Source = (*Source)(nil)

// Fetch implements recon.Source.
func (s *Source) Fetch(ctx context.Context, which recon.Bill, day string) (recon.File, error) {
	var f pay.BillFile
	var err error
	if which == recon.FundBill {
		f, err = s.Client.FundFlowBill(ctx, day, pay.FundBasic)
	} else {
		f, err = s.Client.TradeBill(ctx, day, pay.BillAll, "")
	}
	if pay.IsBillNotThere(err) {
		return recon.File{}, errors.Join(recon.ErrNoBill, err)
	}
	if err != nil {
		return recon.File{}, err
	}
	body, err := s.Client.DownloadBill(ctx, f)
	return recon.File{Body: body, Hash: f.HashValue}, err
}

// Text implements recon.Source.
func (*Source) Text(file io.Reader, hash string) (io.Reader, error) {
	r, err := pay.BillText(file, hash)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", recon.ErrBroken, err)
	}
	return text{r}, nil
}

// text names the refusals of a bill's text as the room does.
type text struct{ r io.Reader }

func (t text) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case errors.Is(err, pay.ErrBillHash):
		return n, recon.ErrHash
	}
	return n, fmt.Errorf("%w: %v", recon.ErrBroken, err)
}
