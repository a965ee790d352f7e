package official

import (
	"context"
	"net/url"
)

// User is a subscriber as the account sees one. Since 2021-12-27 WeChat gives no
// name or picture here; those come from OAuthUserInfo.
type User struct {
	Subscribed    bool
	OpenID        string
	UnionID       string
	Language      string
	SubscribeTime int64 // Unix seconds of the last following; 0 when not following
	Remark        string
	GroupID       int
	TagIDs        []int
	Scene         string // subscribe_scene, e.g. ADD_SCENE_QR_CODE
	QRScene       uint32
	QRSceneStr    string
}

// UserInfo reads one subscriber. Of a person who does not follow only OpenID (and
// UnionID) are filled. lang is zh_CN, zh_TW or en; empty is zh_CN.
func (c *Client) UserInfo(ctx context.Context, openID, lang string) (User, error) {
	var out struct {
		Subscribe     int    `json:"subscribe"`
		OpenID        string `json:"openid"`
		UnionID       string `json:"unionid"`
		Language      string `json:"language"`
		SubscribeTime int64  `json:"subscribe_time"`
		Remark        string `json:"remark"`
		GroupID       int    `json:"groupid"`
		TagIDs        []int  `json:"tagid_list"`
		Scene         string `json:"subscribe_scene"`
		QRScene       uint32 `json:"qr_scene"`
		QRSceneStr    string `json:"qr_scene_str"`
	}
	query := url.Values{"openid": {openID}, "lang": {orChinese(lang)}}
	if err := c.getJSON(ctx, "/cgi-bin/user/info", query, &out); err != nil {
		return User{}, err
	}
	return User{
		Subscribed: out.Subscribe == 1, OpenID: out.OpenID, UnionID: out.UnionID, Language: out.Language,
		SubscribeTime: out.SubscribeTime, Remark: out.Remark, GroupID: out.GroupID, TagIDs: out.TagIDs,
		Scene: out.Scene, QRScene: out.QRScene, QRSceneStr: out.QRSceneStr,
	}, nil
}
