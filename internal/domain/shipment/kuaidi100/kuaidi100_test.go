package kuaidi100

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/shipment"
	"github.com/shuke-commerce/shuke/wechat/kuaidi100"
)

var at = time.Date(2026, 11, 12, 3, 0, 0, 0, time.UTC)

func result(state kuaidi100.State, codes ...kuaidi100.State) kuaidi100.Result {
	r := kuaidi100.Result{State: state}
	for i, c := range codes { // newest first
		r.Tracks = append(r.Tracks, kuaidi100.Track{Time: at.Add(-time.Duration(i) * time.Hour), Context: fmt.Sprint("第", i), State: c})
	}
	return r
}

// TestWhatCountsAsDelivered lists results by how they end; arrived is the index, newest first, of the track of the delivery.
func TestWhatCountsAsDelivered(t *testing.T) {
	for name, c := range map[string]struct {
		r       kuaidi100.Result
		arrived int
	}{
		"moving":                        {result("1002", "1002", "0", "103"), -1},
		"signed":                        {result("301", "301", "5", "103"), 0},
		"signed, then a word of thanks": {result("3", "0", "303", "5"), 1},
		"signed twice: the first":       {result("304", "304", "301", "5"), 1},
		"no fine states":                {result("3", "", "", ""), 0},
		"at a pick-up point":            {result("501", "501", "5"), -1},
		"back with the sender":          {kuaidi100.Result{State: "401", Checked: true, Tracks: result("", "301", "6").Tracks}, -1},
		"declined":                      {result("14", "14", "5"), -1},
		"only ischeck":                  {kuaidi100.Result{Checked: true, Tracks: result("", "", "").Tracks}, 0},
		"signed without a word":         {result("3"), -2},
	} {
		f := Found(c.r)
		want := shipment.InTransit
		if c.arrived != -1 {
			want = shipment.Delivered
		}
		if f.State != want || len(f.Tracks) != len(c.r.Tracks) {
			t.Errorf("%s: %+v", name, f)
		}
		for i, tr := range f.Tracks {
			newest := len(f.Tracks) - 1 - i
			if (tr.State == shipment.Delivered) != (newest == c.arrived) || i > 0 && tr.At.Before(f.Tracks[i-1].At) {
				t.Errorf("%s: track %d is %+v", name, newest, tr)
			}
		}
	}
	long := Found(kuaidi100.Result{Tracks: []kuaidi100.Track{{Time: at, Context: strings.Repeat("长", 800)}}})
	if n := len([]rune(long.Tracks[0].Text)); n != maxText {
		t.Errorf("%d characters", n)
	}
}

func TestOutcomes(t *testing.T) {
	for body, want := range map[string]error{
		`{"result":false,"returnCode":"500","message":"查询无结果，请隔段时间再查"}`:  shipment.ErrNotYet,
		`{"message":"ok","status":"200","state":"0","data":[]}`:          shipment.ErrNotYet,
		`{"result":false,"returnCode":"400","message":"找不到对应公司"}`:        shipment.ErrWrongNumber,
		`{"result":false,"returnCode":"408","message":"快递公司参数异常：验证码错误"}`: shipment.ErrWrongNumber,
		`{"result":false,"returnCode":"502","message":"服务器繁忙"}`:          shipment.ErrLater,
		`{"result":false,"returnCode":"503","message":"验证签名失败"}`:         shipment.ErrLater,
		`{"result":false,"returnCode":"601","message":"POLL:KEY已过期"}`:    shipment.ErrLater,
		`{"result":false,"returnCode":"999","message":"?"}`:              shipment.ErrLater,
		`<html>`: shipment.ErrLater,
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
		c, err := kuaidi100.New(kuaidi100.Config{Customer: "C", Key: "K", BaseURL: srv.URL})
		if err != nil {
			t.Fatal(err)
		}
		var tracker shipment.Tracker = &Tracker{Client: c}
		if _, err := tracker.Track(context.Background(), shipment.Asked{Carrier: "yunda", TrackingNo: "1"}); !errors.Is(err, want) {
			t.Errorf("%s gives %v, want %v", body, err, want)
		}
		srv.Close()
	}
}
