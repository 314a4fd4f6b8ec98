//! Uploads a file of any size, copies it within the bucket, downloads the copy and deletes both.
//!
//! ```text
//! cargo run --example big_file -- FILE BUCKET
//! ```

use std::error::Error;
use std::path::Path;

use tucuxi::s3::{Transfer, TransferEvent};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(bucket)) = (arguments.next(), arguments.next()) else {
        return Err("usage: big_file FILE BUCKET".into());
    };
    let transfer = Transfer::new(&tucuxi::client("s3")?).on_event(|event| {
        if let TransferEvent::Bytes { so_far, total: Some(total), .. } = event {
            eprint!("\r{} %", so_far * 100 / total.max(1));
        }
    });
    let uploaded = match upload(&transfer, &file, &bucket, None) {
        // The connection may be back: send the parts that the store does not have.
        Err(error) if error.upload_id().is_some() => upload(&transfer, &file, &bucket, error.upload_id())?,
        uploaded => uploaded?,
    };
    println!("uploaded {uploaded} bytes");
    transfer.copy((&bucket, "big/original"), (&bucket, "big/copy")).send()?;
    let target = Path::new(&file).with_extension("copy");
    let downloaded = transfer.download(&bucket, "big/copy").resumable().save_to(&target)?;
    println!("downloaded {} bytes", downloaded.bytes);
    println!("deleted {} objects", transfer.delete_prefix(&bucket, "big/").send()?.objects);
    Ok(())
}

fn upload(transfer: &Transfer, file: &str, bucket: &str, resumed: Option<&str>) -> tucuxi::Result<u64> {
    let mut upload = transfer.upload_file(file, bucket, "big/original").keep_on_failure();
    if let Some(id) = resumed {
        upload = upload.resume(id);
    }
    Ok(upload.send()?.bytes)
}
